import subprocess
import sys

SCRIPT = """
import sys
from nnbench.report.figures._seaborn import load_seaborn
sns = load_seaborn()
assert "scipy.stats" not in sys.modules, "scipy.stats loaded"
import matplotlib
matplotlib.use("Agg")
axes = sns.kdeplot(x=[0.0, 1.0, 3.0])
assert len(axes.lines) == 1
import scipy.stats
assert scipy.stats.norm.cdf(0) == 0.5
"""


def test_scipy_statistics_load_with_the_first_density():
    subprocess.run([sys.executable, "-W", "error", "-c", SCRIPT], check=True)

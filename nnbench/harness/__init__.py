"""From a suite to attempts: plan, supervised workers, evaluation."""

"""What everything else is said in: specs, the registry, case ids, errors. Imports nothing of ours."""

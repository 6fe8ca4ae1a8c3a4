"""MLPerf Tiny: the benchmark's tasks, its serial protocol, its data sets, and runs of it."""

"""Real servers for the tests, each in a folder of its own, on a loopback address, started and stopped by the test run."""

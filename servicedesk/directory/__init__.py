"""Where accounts live: the port, and an adapter a system."""

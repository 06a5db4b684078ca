"""Where tickets live: the port, and an adapter a system."""

"""How codes and notices reach people: the port, and an adapter a way."""

"""Outside systems as they answer at the wire: real sockets, published shapes, and faults on demand."""

"""The other end of the wire, built in: characters that answer without a key or a network."""

"""A visit in a file: written while it happens, played again as a transport, printed as a trace."""

"""What travels on the wire, as types. Shared by the client and the simulator; pydantic only."""

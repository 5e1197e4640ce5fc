"""Events that are told by HTTP: what is sent, how it is signed, when it is sent again, and the loop that does it."""

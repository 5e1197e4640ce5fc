"""The object endpoint that upload SDKs talk to: the part of the COS protocol that an upload needs (contract.md §4)."""

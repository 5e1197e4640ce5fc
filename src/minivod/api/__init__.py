"""The wire protocol of TencentCloud API 3.0: bytes -> Call -> answer (contract.md §1)."""

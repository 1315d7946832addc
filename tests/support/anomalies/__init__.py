"""The anomaly loop: every call of a use case to what is beneath it fails once (`loop`)."""

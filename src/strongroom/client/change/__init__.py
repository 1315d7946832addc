"""What changes who may do what: collected, sealed, signed and committed as one."""

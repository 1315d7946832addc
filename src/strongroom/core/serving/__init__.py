"""The core for other processes: frames over pipes and sockets (specs/core.md section 8)."""

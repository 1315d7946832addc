"""Local files of one person on one computer: device, session, state, Emergency Kit.

Source: specs/formats.md section 14. Disk only; nothing here opens a socket or
knows a command line.
"""

"""Share links: what they may be, for whom, and what they show. No I/O, no keys."""

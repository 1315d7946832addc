"""How an engine reaches a service: in the process, over a network, through an agent."""

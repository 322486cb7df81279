"""What the API costs and bears on this machine, over HTTP, with the platform's own programs."""

"""A pretend WhatsApp provider and a pretend customer's phone, on loopback."""

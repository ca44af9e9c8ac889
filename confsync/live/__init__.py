"""What Twilio holds, expressed in addresses."""

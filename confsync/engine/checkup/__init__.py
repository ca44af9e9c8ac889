"""What `doctor` looks at, on this machine and at Twilio; nothing is mended."""

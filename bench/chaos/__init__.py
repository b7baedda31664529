"""The chaos run: papers to three kinds of far sides while processes are killed and frozen, and far sides fail."""

"""From a live `Inventory` back to the files of a spec."""

"""What a pipeline does with the saved results of other commands: texts for people, and calls of the code host."""

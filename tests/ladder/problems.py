"""What a check finds wrong, each with the rule that it breaks."""


class Problems:
    def __init__(self):
        self.found = []

    def add(self, file, what, rule):
        line = f"{file}: {what} ({rule})"
        if line not in self.found:
            self.found.append(line)

    def of(self, file):
        """For those who look at one file alone."""
        return lambda what, rule: self.add(file, what, rule)

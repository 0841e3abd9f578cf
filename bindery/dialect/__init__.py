"""The dialect of the notes: CommonMark with maths, clozes, attributes and containers.

The only package that knows markdown-it. ``parser`` puts the rules together, each rule stands
in a module of its own, and ``tree`` turns tokens into the blocks and inlines of the model.
"""

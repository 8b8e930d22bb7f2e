"""Marks a class's notebooks: `python -m utils.grading SUBMISSIONS`.

A student's code runs in a jail (jail.py, cage.py) and answers questions there (student.py). What leaves the
jail
is data (wire.py), and it is judged outside (exam.py, marking.py). So nothing that a student writes can
reach a right answer, another student's work, or a mark.
"""

"""Quality on labelled data: what is found, how often wrongly, on what was never trained on.

`afteraction evaluate DIR` prints it; `python -m afteraction.audit.evaluation.fit DIR` trains the shipped
scorecard. Nothing here takes part in an audit.
"""

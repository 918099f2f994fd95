"""The review desk: the web page on which people decide on tickets, on masked evidence.

Server-rendered; what an agent or a log wrote is text and nothing else. `identity` says who sits at it,
`guard` what a request must bring, `reading` what pages show, `views` the pages, `app` puts them together.
"""

"""The test command of cosmic-ray: asks the server of this clone whether the tests notice the mutant that is in place.

Its arguments are the server's socket and how many lists of tests the mutant shall meet.
"""

import socket
import sys

with socket.socket(socket.AF_UNIX) as connection:
    connection.connect(sys.argv[1])
    connection.sendall(f"{sys.argv[2]}\n".encode())
    answer = connection.makefile().read()
print(answer)
sys.exit(not answer.startswith("survived"))

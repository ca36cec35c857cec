"""one.py DIR: the values of DIR/*.json as a reader of YAML 1.1 sees them in *.yml."""
import glob
import json
import re
import sys

import yaml



def at(tree, path):
    for key in path:
        tree = tree[key]
    return tree


Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
files = values = unread = bad = 0
for name in sorted(glob.glob(sys.argv[1] + "/*.yml")):
    try:
        with open(name[:-4] + ".old", "rb") as f:
            old = yaml.load(f, Loader)
    except Exception:
        unread += 1
        continue
    files += 1
    try:
        with open(name, "rb") as f:
            tree = yaml.load(f, Loader)
    except Exception as e:
        print("%s: %s" % (name, e))
        bad += 1
        continue
    for line in open(name[:-4] + ".json"):
        path, want = json.loads(line)
        try:
            at(old, path[:-1])
        except Exception:  # it saw another file than we did
            continue
        if isinstance(want, str) and re.match("[0-9]{4}-[0-9]{2}-[0-9]{2}T", want):
            continue  # a plain time may replace a plain time
        values += 1
        try:
            got = at(tree, path)
        except Exception as e:
            got = e
        if json.dumps(got, default=repr, sort_keys=True) != json.dumps(want, sort_keys=True):
            print("%s: %s: %r is not %r" % (name, path, got, want))
            bad += 1
print("YAML 1.1: %d files, %d values, %d wrong (%d files not read before)"
      % (files, values, bad, unread))
sys.exit(bad > 0)

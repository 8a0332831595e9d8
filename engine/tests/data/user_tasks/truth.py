#!/usr/bin/env python3
"""What Go's own tool says about the user tasks and regions of a trace, as JSON.

    go run main.go > tasks.trace
    ./truth.py tasks.trace > tasks.truth.json

It reads the pages of `go tool trace -http`. Buckets are counts from the first that is not empty to the
last, five a decade; `from` is the edge that Go prints. Go's invented regions without name, which stand
for inherited tasks, are left out.
"""
import html, json, re, subprocess, sys, time, urllib.parse, urllib.request

BASE = "http://127.0.0.1:18745"
UNITS = {"ns": 1, "µs": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000}


def page(path):
    return urllib.request.urlopen(BASE + path).read().decode()


def ns(text):
    return round(sum(float(n) * UNITS[u] for n, u in re.findall(r"([\d.]+)(ns|µs|ms|s|m)", text)))


def buckets(text):
    edge = re.search(r'histoTime" align="right">(?:<a [^>]*>)?([^<]+)<', text)
    counts = re.findall(r'<td align="right"><div[^>]*>(\d+)</div>', text)
    return {"from": ns(edge[1]) if edge else None, "counts": [int(count) for count in counts]}


def tasks():
    found = {}
    for name, count, rest in re.findall(r"<td>([^<]*)</td>\s*<td><a[^>]*>(\d+)</a></td>(.*?)\n  </tr>", page("/usertasks"), re.S):
        listed = page("/usertask?type=" + urllib.parse.quote(html.unescape(name)))
        rows = re.findall(r'class="elapsed">([^<]+)</td>\s*<td></td>\s*<td>.*?Task (\d+)</a>.*?\((complete|incomplete)\)(.*?)(?=<tr class="first">|</body>)', listed, re.S)
        rows = [{"id": int(id), "ns": ns(length), "complete": state == "complete", "events": events.count("class=\"goid\"")}
                for length, id, state, events in rows]
        found[html.unescape(name)] = {"count": int(count), "buckets": buckets(rest), "tasks": sorted(rows, key=lambda row: row["id"])}
    return found


def regions():
    found = {}
    for name, root, count, rest in re.findall(r"<td><pre>&#34;(.*?)&#34;<br>(\S+) @.*?<a[^>]*>(\d+)</a></td>(.*?)\n  </tr>", page("/userregions"), re.S):
        if not name:
            continue
        listed = page("/userregion?type=" + urllib.parse.quote(html.unescape(name)))
        heads = re.findall(r"<th class=\"link\"[^>]*> ([^<]+)</th>", listed.split('class="details"')[1].split("</table>")[0])[1:]
        rows = []
        for row in re.findall(r"<tr>\s*<td> <a href=\"/trace\?goid=(.*?)</tr>", listed.split('class="details"')[1].split("</table>")[0], re.S):
            goid, task = re.match(r"(\d+)", row)[1], re.search(r"focustask=(\d+)", row)
            times = [ns(cell) for cell in re.findall(r"<td> ([\d.]+[^<]*?)\s*</td>", row)]
            states = {head: time for head, time in zip(heads, times[1:]) if time}
            rows.append({"goroutine": int(goid), "task": int(task[1]) if task else None, "ns": times[0], "states": states})
        found[html.unescape(name)] = {"root": root, "count": int(count), "buckets": buckets(rest),
                                      "regions": sorted(rows, key=lambda row: (row["task"], row["goroutine"], row["ns"]))}
    return found


tool = subprocess.Popen(["go", "tool", "trace", "-http=127.0.0.1:18745", sys.argv[1]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    for _ in range(100):
        try:
            page("/")
            break
        except OSError:
            time.sleep(0.2)
    print(json.dumps({"tasks": tasks(), "regions": regions()}, indent=1))
finally:
    tool.terminate()

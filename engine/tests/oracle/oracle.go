// Prints what `go tool trace` computes of a trace, as JSON, for tests/goroutines.rs.
//
// It is compiled into cmd/trace by make.sh, so that the numbers are those of the tool's own functions.

package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"internal/trace/traceviewer"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
)

type goroutine struct {
	ID      int64            `json:"id"`
	Name    string           `json:"name"`
	Total   int64            `json:"total"`
	Exec    int64            `json:"exec"`
	Sched   int64            `json:"sched"`
	Syscall int64            `json:"syscall"`
	Blocked int64            `json:"syscall_block"`
	Unknown int64            `json:"unknown"`
	Block   map[string]int64 `json:"block,omitempty"`
	Ranges  map[string]int64 `json:"ranges,omitempty"`
}

// A profile maps a stack, leaf first, to count and nanoseconds.
type profile map[string][2]int64

type truth struct {
	Goroutines []goroutine                   `json:"goroutines"`
	Profiles   map[string]profile            `json:"profiles"`
	Groups     map[string]map[string]profile `json:"groups"`
	Regions    map[string]map[string]profile `json:"regions"`
}

var kinds = map[string]computePprofFunc{
	"net": computePprofIO(), "sync": computePprofBlock(),
	"syscall": computePprofSyscall(), "sched": computePprofSched(),
}

func init() {
	if os.Getenv("TASKSCOPE_ORACLE") == "" {
		return
	}
	file := must(os.Open(os.Args[1]))
	parsed := must(parseTrace(file, must(file.Stat()).Size()))
	t := truth{
		Goroutines: goroutines(parsed),
		Profiles:   profiles(parsed, pprofByGoroutine, ""),
		Groups:     map[string]map[string]profile{},
		Regions:    map[string]map[string]profile{},
	}
	for _, name := range os.Args[2:] {
		if region, ok := strings.CutPrefix(name, "region:"); ok {
			t.Regions[region] = profiles(parsed, pprofByRegion, "type="+url.QueryEscape(region))
		} else {
			t.Groups[name] = profiles(parsed, pprofByGoroutine, "name="+url.QueryEscape(name))
		}
	}
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(t); err != nil {
		panic(err)
	}
	out.Flush()
	os.Exit(0)
}

func goroutines(parsed *parsedTrace) []goroutine {
	var rows []goroutine
	for _, g := range parsed.summary.Goroutines {
		row := goroutine{
			ID: int64(g.ID), Name: g.Name, Total: int64(g.TotalTime),
			Exec: int64(g.ExecTime), Sched: int64(g.SchedWaitTime),
			Syscall: int64(g.SyscallTime), Blocked: int64(g.SyscallBlockTime),
			Unknown: int64(g.UnknownTime()),
			Block:   map[string]int64{}, Ranges: map[string]int64{},
		}
		for reason, time := range g.BlockTimeByReason {
			if time != 0 {
				row.Block[reason] = int64(time)
			}
		}
		for name, time := range g.RangeTime {
			if time != 0 {
				row.Ranges[name] = int64(time)
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b goroutine) int { return cmp.Compare(a.ID, b.ID) })
	return rows
}

type by func(computePprofFunc, *parsedTrace) traceviewer.ProfileFunc

func profiles(parsed *parsedTrace, by by, query string) map[string]profile {
	profiles := map[string]profile{}
	for kind, compute := range kinds {
		request := &http.Request{Method: "GET", URL: must(url.Parse("http://trace/?" + query))}
		records, err := by(compute, parsed)(request)
		if err != nil {
			continue
		}
		profiles[kind] = profile{}
		for _, record := range records {
			var frames []string
			for _, frame := range record.Stack {
				frames = append(frames, fmt.Sprintf("%s %s:%d", frame.Func, frame.File, frame.Line))
			}
			sum := profiles[kind][strings.Join(frames, ";")]
			sum[0] += int64(record.Count)
			sum[1] += int64(record.Time)
			profiles[kind][strings.Join(frames, ";")] = sum
		}
	}
	return profiles
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// Command read reads a trace with golang.org/x/exp/trace, as Go's own tools do, and says as JSON what that took.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/exp/trace"
)

// result is one run, in the units of the table.
type result struct {
	Events     int   `json:"events"`
	Goroutines int   `json:"goroutines"`
	WallNs     int64 `json:"wall_ns"`
	CPUNs      int64 `json:"cpu_ns"`
	PeakBytes  int64 `json:"peak_bytes"`
	KeptBytes  int64 `json:"kept_bytes"`
}

func main() {
	summary := flag.Bool("summary", false, "keep the events and summarise goroutines, as go tool trace does")
	limit := flag.Int("events", 1<<62, "stop after so many events")
	flag.Parse()
	result, err := run(flag.Arg(0), *summary, *limit)
	if err != nil {
		fmt.Fprintln(os.Stderr, "read:", err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(result)
}

func run(path string, summary bool, limit int) (result, error) {
	begin := time.Now()
	file, err := os.Open(path)
	if err != nil {
		return result{}, err
	}
	defer file.Close()
	reader, err := trace.NewReader(file)
	if err != nil {
		return result{}, err
	}
	if !summary {
		events, err := count(reader, limit)
		return finish(result{Events: events}, begin), err
	}
	events, goroutines, err := summarize(reader, limit)
	out := finish(result{Events: len(events), Goroutines: len(goroutines.Goroutines)}, begin)
	out.KeptBytes = live()
	runtime.KeepAlive(events)
	runtime.KeepAlive(goroutines)
	return out, err
}

// count is the reader alone: every event is read and forgotten.
func count(reader *trace.Reader, limit int) (int, error) {
	for events := 0; ; events++ {
		_, err := reader.ReadEvent()
		if errors.Is(err, io.EOF) || events == limit {
			return events, nil
		}
		if err != nil {
			return events, err
		}
	}
}

// summarize does what go tool trace does before it shows anything (parseTrace in cmd/trace/main.go),
// with the Summarizer of the Go that builds this, whose source the bench puts beside this file.
func summarize(reader *trace.Reader, limit int) ([]trace.Event, *Summary, error) {
	var events []trace.Event
	summarizer := NewSummarizer()
	for {
		event, err := reader.ReadEvent()
		if errors.Is(err, io.EOF) || len(events) == limit {
			return events, summarizer.Finalize(), nil
		}
		if err != nil {
			return events, summarizer.Finalize(), err
		}
		events = append(events, event)
		summarizer.Event(&events[len(events)-1])
	}
}

func finish(out result, begin time.Time) result {
	out.WallNs = time.Since(begin).Nanoseconds()
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		out.CPUNs = usage.Utime.Nano() + usage.Stime.Nano()
	}
	out.PeakBytes = peak()
	return out
}

func live() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// peak is the most memory this process had in use, where the system tells (Linux).
func peak() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}

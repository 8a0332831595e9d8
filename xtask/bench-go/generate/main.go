// Command generate writes an execution trace of at least a given size: a server's mixture of many short waits.
package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"time"
)

// counter counts what goes through it, and ends the program's work when it is enough.
type counter struct {
	to     io.Writer
	bytes  atomic.Int64
	wanted int64
	enough context.CancelFunc
}

func (c *counter) Write(p []byte) (int, error) {
	if c.bytes.Add(int64(len(p))) >= c.wanted {
		c.enough()
	}
	return c.to.Write(p)
}

func main() {
	path := flag.String("o", "", "file to write")
	size := flag.Int64("bytes", 210<<20, "bytes to write at least")
	flag.Parse()
	if err := generate(*path, *size); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate works on four Ps whatever the machine has, so that traces of different machines are alike.
func generate(path string, size int64) error {
	runtime.GOMAXPROCS(4)
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	buffer := bufio.NewWriterSize(file, 1<<20)
	out := &counter{to: buffer, wanted: size, enough: cancel}
	if err := trace.Start(out); err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(io.Discard); err != nil {
		return err
	}
	work(ctx)
	pprof.StopCPUProfile()
	trace.Stop()
	return buffer.Flush()
}

// work runs every kind of load until ctx ends.
func work(ctx context.Context) {
	loads := []struct {
		count int
		run   func(context.Context)
	}{
		{6, pingPong}, {2, pool}, {2, timers}, {2, files}, {1, fanIn}, {4, client}, {1, churn}, {200, idle},
	}
	var all sync.WaitGroup
	for _, load := range loads {
		for range load.count {
			all.Add(1)
			go func() {
				defer all.Done()
				load.run(ctx)
			}()
		}
	}
	// The trace's writer may be starved by so much work: nobody waits longer than this.
	limit := time.AfterFunc(5*time.Minute, func() { os.Exit(1) })
	defer limit.Stop()
	all.Wait()
}

// Command sample is a small shop server under load: the program that `cargo xtask demo` looks into.
//
// It speaks the gops wire through the real agent, serves HTTP on loopback to its own clients, passes work through
// channels, fights over a mutex, allocates, keeps some of it, and leaks goroutines in nine well-known ways.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/google/gops/agent"
)

func main() {
	seconds := flag.Float64("seconds", 0, "leave after so many seconds; 0 runs until it is interrupted")
	leaks := flag.Int("leaks", 3, "leaked goroutines of each kind")
	clients := flag.Int("clients", 3, "concurrent HTTP clients")
	flag.Parse()

	// Whoever started us waits for the pid on the first line; by then the agent has written its port file.
	if err := agent.Listen(agent.Options{}); err != nil {
		log.Fatalf("sample: the gops agent did not start: %v", err)
	}
	defer agent.Close()
	fmt.Printf("pid %d\n", os.Getpid())

	runtime.SetBlockProfileRate(10_000)
	runtime.SetMutexProfileFraction(10)
	runtime.MemProfileRate = 64 << 10

	ctx, stop := lifetime(*seconds)
	defer stop()
	for range *leaks {
		leakEachKind()
	}
	if err := run(ctx, *clients); err != nil {
		log.Fatalf("sample: %v", err)
	}
}

// lifetime ends on Ctrl-C, on SIGTERM, and after the given seconds where there are any.
func lifetime(seconds float64) (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	if seconds <= 0 {
		return ctx, stop
	}
	return context.WithTimeout(ctx, time.Duration(seconds*float64(time.Second)))
}

// run keeps every kind of work going until ctx ends, and returns when all of it has stopped.
func run(ctx context.Context, clients int) error {
	shop, err := openShop()
	if err != nil {
		return err
	}
	defer shop.close()

	var wg sync.WaitGroup
	start := func(work func(context.Context)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			work(ctx)
		}()
	}
	for i := range clients {
		start(func(ctx context.Context) { shop.visit(ctx, i) })
	}
	start(pipeline)
	start(pingPong)
	start(churn)
	start(archive)
	wg.Wait()
	return nil
}

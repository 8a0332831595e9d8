// Writes a small trace with user tasks, regions and logs to standard output: requests that queue for
// two workers, share a lock and wait for a slow backend, a batch with child tasks, a task that never
// ends and a region that ends with its goroutine.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/trace"
	"sync"
	"time"
)

type job struct {
	ctx  context.Context
	n    int
	done chan int
}

var (
	lock  sync.Mutex
	sink  int
	ready = make(chan struct{})
)

func spin(n int) (sum int) {
	for i := range n * 1000 {
		sum += i * i
	}
	return sum
}

func parse(ctx context.Context, n int) {
	defer trace.StartRegion(ctx, "parse").End()
	sink += spin(20 + n*5)
}

func update(ctx context.Context, n int) {
	trace.WithRegion(ctx, "update", func() {
		lock.Lock()
		defer lock.Unlock()
		sink += spin(150)
		if n%5 == 0 {
			trace.Logf(ctx, "cache", "miss %d", n)
			trace.WithRegion(ctx, "fetch", func() { time.Sleep(2 * time.Millisecond) })
		}
	})
}

func worker(jobs chan job) {
	for j := range jobs {
		parse(j.ctx, j.n)
		update(j.ctx, j.n)
		j.done <- j.n
	}
}

func request(jobs chan job, n int) {
	ctx, task := trace.NewTask(context.Background(), "request")
	defer task.End()
	trace.Log(ctx, "path", fmt.Sprintf("/item/%d", n))
	done := make(chan int)
	jobs <- job{ctx, n, done}
	trace.WithRegion(ctx, "await", func() { <-done })
}

func batch(parent context.Context) {
	ctx, task := trace.NewTask(parent, "batch")
	defer task.End()
	var group sync.WaitGroup
	trace.WithRegion(ctx, "fan out", func() {
		for n := range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				child, part := trace.NewTask(ctx, "part")
				defer part.End()
				sum := spin(100 * (n + 1))
				lock.Lock()
				sink += sum
				lock.Unlock()
				trace.Log(child, "", "done")
			}()
		}
	})
	group.Wait()
}

func forgotten() {
	ctx, _ := trace.NewTask(context.Background(), "forgotten")
	trace.StartRegion(ctx, "left open")
	spin(10)
	close(ready)
}

func main() {
	if err := trace.Start(os.Stdout); err != nil {
		panic(err)
	}
	defer trace.Stop()
	jobs := make(chan job)
	for range 2 {
		go worker(jobs)
	}
	var clients sync.WaitGroup
	for n := range 24 {
		clients.Add(1)
		go func() {
			defer clients.Done()
			request(jobs, n)
		}()
		if n%4 == 0 {
			time.Sleep(200 * time.Microsecond)
		}
	}
	go forgotten()
	<-ready
	batch(context.Background())
	clients.Wait()
	close(jobs)
}

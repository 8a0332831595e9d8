package main

import (
	"context"
	"fmt"
	"os"
	"runtime/trace"
	"sync"
	"time"
)

// pingPong bounces a number between two goroutines, one channel each way.
func pingPong(ctx context.Context) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		defer close(pong)
		for n := range ping {
			pong <- n + 1
		}
	}()
	for n := 0; ctx.Err() == nil; {
		for range 100 {
			ping <- n
			n = <-pong
		}
	}
	close(ping)
}

// pool hands jobs to workers that share a lock.
func pool(ctx context.Context) {
	jobs := make(chan int, 16)
	var lock sync.Mutex
	var workers sync.WaitGroup
	total := 0
	for range 8 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for job := range jobs {
				lock.Lock()
				total += spin(job)
				lock.Unlock()
			}
		}()
	}
	for job := 0; ctx.Err() == nil; job++ {
		jobs <- job % 64
	}
	close(jobs)
	workers.Wait()
}

// timers sleeps for short and for shorter.
func timers(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		time.Sleep(time.Duration(20+n%200) * time.Microsecond)
		spin(200)
	}
}

// files calls the system: a file of its own is written and read over and over.
func files(ctx context.Context) {
	file, err := os.CreateTemp("", "taskscope-bench")
	if err != nil {
		return
	}
	defer os.Remove(file.Name())
	defer file.Close()
	block := make([]byte, 4096)
	for ctx.Err() == nil {
		file.WriteAt(block, 0)
		file.ReadAt(block, 0)
		spin(1000)
	}
}

// fanIn selects over many senders.
func fanIn(ctx context.Context) {
	left, right := make(chan int), make(chan int)
	for _, to := range []chan int{left, right, left} {
		go func() {
			for n := 0; ; n++ {
				select {
				case to <- n:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	for {
		select {
		case <-left:
		case <-right:
		case <-ctx.Done():
			return
		}
	}
}

// churn starts goroutines that end at once, and leaves garbage.
func churn(ctx context.Context) {
	for ctx.Err() == nil {
		var batch sync.WaitGroup
		for n := range 16 {
			batch.Add(1)
			go func() {
				defer batch.Done()
				garbage(n)
			}()
		}
		batch.Wait()
		time.Sleep(300 * time.Microsecond)
	}
}

// idle waits all the time, as most goroutines of a server do.
func idle(ctx context.Context) {
	<-ctx.Done()
}

// client sends requests, each handled by a goroutine of its own as net/http does it.
func client(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		answer := make(chan int)
		switch n % 3 {
		case 0:
			go getArticle(ctx, n, answer)
		case 1:
			go putArticle(ctx, n, answer)
		default:
			go search(ctx, n, answer)
		}
		<-answer
		time.Sleep(100 * time.Microsecond)
	}
}

func getArticle(ctx context.Context, n int, answer chan<- int) {
	ctx, task := trace.NewTask(ctx, "GET /article")
	defer task.End()
	trace.WithRegion(ctx, "load", func() { time.Sleep(50 * time.Microsecond) })
	trace.WithRegion(ctx, "render", func() { garbage(n) })
	answer <- n
}

func putArticle(ctx context.Context, n int, answer chan<- int) {
	ctx, task := trace.NewTask(ctx, "PUT /article")
	defer task.End()
	trace.Log(ctx, "article", fmt.Sprint(n%1000))
	trace.WithRegion(ctx, "store", func() { spin(2000) })
	answer <- n
}

func search(ctx context.Context, n int, answer chan<- int) {
	ctx, task := trace.NewTask(ctx, "GET /search")
	defer task.End()
	found := make(chan int)
	for shard := range 3 {
		go func() {
			defer trace.StartRegion(ctx, "shard").End()
			found <- spin(100 * shard)
		}()
	}
	for range 3 {
		<-found
	}
	answer <- n
}

//go:noinline
func garbage(n int) []byte {
	kept := make([]byte, 0)
	for size := range 20 {
		kept = append(make([]byte, 64*size+n%8), kept...)
	}
	return kept
}

//go:noinline
func spin(n int) int {
	for range n {
		n ^= n<<1 + 7
	}
	return n
}

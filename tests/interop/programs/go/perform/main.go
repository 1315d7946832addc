// Performs calls of the SDK: a line of JSON on standard input for each batch, and a line for what
// became of it, in the order in which batches end. The calls of a batch run side by side. Nothing
// here depends on whose module it is: methods are found by reflection.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/1password/onepassword-sdk-go"
)

// Lines hold files of tests.
const lineBytesMax = 64 << 20

type step struct {
	Method string            `json:"method"`
	Args   []json.RawMessage `json:"args"`
	// The call is given up when this file is there.
	CancelOn string `json:"cancel_on"`
}

type done struct {
	Result  any      `json:"result"`
	Error   string   `json:"error,omitempty"`
	Classes []string `json:"classes,omitempty"`
}

var contextType = reflect.TypeFor[context.Context]()

func main() {
	ctx := context.Background()
	client, err := onepassword.NewClient(ctx,
		onepassword.WithServiceAccountToken(os.Getenv("OP_SERVICE_ACCOUNT_TOKEN")),
		onepassword.WithIntegrationInfo("interop", "1.0"),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	methods := map[string]reflect.Value{}
	find(methods, "static", reflect.ValueOf(onepassword.Secrets))
	parts := reflect.ValueOf(client).Elem()
	for i := range parts.NumField() {
		if name, is := strings.CutSuffix(parts.Type().Field(i).Name, "API"); is {
			find(methods, strings.ToLower(name), parts.Field(i))
		}
	}
	serve(ctx, methods)
}

// find adds the methods of an API, and of the APIs that it has.
func find(methods map[string]reflect.Value, part string, api reflect.Value) {
	for i := range api.NumMethod() {
		name, method := api.Type().Method(i).Name, api.Method(i)
		kind := method.Type()
		switch {
		case kind.NumIn() > 0 && kind.In(0) == contextType:
			methods[part+"."+name] = method
		case kind.NumIn() == 0 && kind.NumOut() == 1 && kind.Out(0).Kind() == reflect.Interface:
			find(methods, part+"."+strings.ToLower(name), method.Call(nil)[0])
		}
	}
}

func serve(ctx context.Context, methods map[string]reflect.Value) {
	var names []string
	for name := range methods {
		names = append(names, name)
	}
	sort.Strings(names)
	var output sync.Mutex
	write := func(value any) {
		output.Lock()
		defer output.Unlock()
		if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
			os.Exit(1)
		}
	}
	write(names)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, lineBytesMax)
	for lines.Scan() {
		var steps []step
		if err := json.Unmarshal(lines.Bytes(), &steps); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go func() { write(performAll(ctx, methods, steps)) }()
	}
}

func performAll(ctx context.Context, methods map[string]reflect.Value, steps []step) []done {
	results := make([]done, len(steps))
	var all sync.WaitGroup
	for i, one := range steps {
		all.Add(1)
		go func() {
			defer all.Done()
			results[i] = perform(ctx, methods[one.Method], one)
		}()
	}
	all.Wait()
	return results
}

func perform(ctx context.Context, method reflect.Value, one step) done {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if one.CancelOn != "" {
		go cancelOn(ctx, cancel, one.CancelOn)
	}
	given := []reflect.Value{reflect.ValueOf(ctx)}
	for i, text := range one.Args {
		argument := reflect.New(typeOf(method.Type(), i+1))
		if err := json.Unmarshal(text, argument.Interface()); err != nil {
			fmt.Fprintln(os.Stderr, one.Method, err)
			os.Exit(1)
		}
		given = append(given, argument.Elem())
	}
	results := method.Call(given)
	err, failed := results[len(results)-1].Interface().(error)
	if failed {
		return done{Error: err.Error(), Classes: classes(err)}
	}
	if len(results) == 1 {
		return done{}
	}
	return done{Result: results[0].Interface()}
}

// typeOf returns the type of an argument; the last one may come several times.
func typeOf(method reflect.Type, i int) reflect.Type {
	if method.IsVariadic() && i >= method.NumIn()-1 {
		return method.In(method.NumIn() - 1).Elem()
	}
	return method.In(i)
}

// classes names the type of an error, and of those that it wraps.
func classes(err error) []string {
	var names []string
	for ; err != nil; err = errors.Unwrap(err) {
		names = append(names, fmt.Sprintf("%T", err))
	}
	return names
}

func cancelOn(ctx context.Context, cancel func(), path string) {
	for ctx.Err() == nil {
		if _, err := os.Stat(path); err == nil {
			cancel()
		}
		time.Sleep(time.Millisecond)
	}
}

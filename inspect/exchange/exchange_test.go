package exchange_test

import (
	"testing"

	"zhicha/inspect/exchange"
	"zhicha/inspect/rehearsal"
)

func FuzzParseExport(f *testing.F) {
	f.Add([]byte(`{"export":{"campaign":"a"},"key":"k","signature":"s"}`))
	f.Add([]byte(`{"export":null,"key":"","signature":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, _, _, err := exchange.Parse("x", data); err == nil || e != nil || rehearsal.RuleOf(err) == "" {
			t.Errorf("unsigned bytes were taken: %v", err)
		}
	})
}

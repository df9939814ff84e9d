package ledger
import ("testing";"os";"slices";"fmt";"path/filepath";"golang.org/x/mod/sumdb/note")
func TestExport(t *testing.T) {
	for _, size := range []int64{0,1,255,256,257,65536,65537,70000,200000} {
		dir := fmt.Sprintf("/tmp/foreign/logs/%d/log", size)
		os.RemoveAll(dir); os.MkdirAll(dir, 0o755)
		root := must(os.OpenRoot(dir)); d := NewDir(root)
		s, _ := logKey()
		w, _ := witnessKey("w1.example")
		must(Build(slices.Values(samples(1,size)), d.Write, s, w)); if err:=d.Sync();err!=nil{t.Fatal(err)}
		_, k := logKey(); _, wk := witnessKey("w1.example")
		must(Verify(root.FS(), nil, k, wk))
		if size>2 { os.WriteFile(filepath.Join(filepath.Dir(dir),"proof"), must(Prove(root.FS(), 3, k, wk)),0o644)
		os.WriteFile(filepath.Join(filepath.Dir(dir),"steps"), must(ProveConsistency(root.FS(), 200, k, wk)),0o644)}
	}
	_, v := testKeys(testOrigin); os.WriteFile("/tmp/foreign/key", []byte(v+"\n"), 0o644)
	sk, wv := testKeys("w1.example"); os.WriteFile("/tmp/foreign/wkey", []byte(must(WitnessKey(wv))+"\n"+sk), 0o644)
	_ = note.Sign
}

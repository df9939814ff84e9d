// Package rehearsal plays an office for tests: campaign folders in the states a test begins from, and
// the people who bring them there by the same use cases as the commands.
//
// Only tests may import it. Whatever it makes up is marked 演示数据.
package rehearsal

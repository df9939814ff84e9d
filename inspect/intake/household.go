package intake

import (
	"slices"

	"zhicha/inspect"
)

// household checks which household was visited. The packet fixes an order of register lines for
// the village; each visit takes the next one after its predecessor's, and passing over a line
// needs a reason.
func (c *check) household(v *inspect.Visit) {
	rep := c.rep
	if s := rep.Substitution; s != "" && !coded(inspect.SubstitutionReasons, s) {
		c.reject("substitution", "intake.substitution-unknown", "Value", s)
	}
	switch {
	case rep.Register < 1:
		if !c.reported("register") {
			c.reject("register", "intake.register-missing")
		}
		return
	case rep.Household < 1:
		if !c.reported("household") {
			c.reject("household", "intake.household-missing")
		}
		return
	case rep.Household > rep.Register:
		c.reject("household", "intake.household-over", "Household", rep.Household, "Register", rep.Register)
		return
	}
	order := eligible(v.Order, rep.Register)
	pos := slices.Index(order, rep.Household)
	next := v.Slot - 1 // 0-based; a lower bound while the predecessor is unknown
	for i := range c.known.Visits {
		o := &c.known.Visits[i]
		other, _ := c.reportOf(o.ID)
		if o.Kind != inspect.HH || o.Unit != v.Unit || o.Slot >= v.Slot || other == nil || other.Household == 0 {
			continue
		}
		if other.Register != rep.Register {
			c.reject("register", "intake.register-differs", "Register", rep.Register, "Other", other.Register, "Visit", o.ID)
			return
		}
		if other.Household == rep.Household {
			c.reject("household", "intake.household-twice", "Household", rep.Household, "Visit", o.ID)
			return
		}
		next = max(next, slices.Index(order, other.Household)+1+v.Slot-o.Slot-1)
	}
	c.inOrder(order, pos, next)
}

// inOrder compares the household's place in the order with the one whose turn it was.
func (c *check) inOrder(order []int, pos, next int) {
	rep := c.rep
	switch {
	case next >= len(order) || pos < next:
		c.reject("household", "intake.household-order", "Household", rep.Household, "Expected", lineAt(order, next))
	case pos > next && rep.Substitution == "":
		c.reject("substitution", "intake.household-skipped", "Household", rep.Household, "Expected", lineAt(order, next))
	case pos == next && rep.Substitution != "":
		c.warn("substitution", "intake.substitution-idle", "Household", rep.Household)
	}
}

// eligible are the lines of a permutation that a register of that length has.
func eligible(order []int, register int) []int {
	return slices.DeleteFunc(slices.Clone(order), func(n int) bool { return n > register })
}

// lineAt is the line at a place of the order, 0 where the order has ended.
func lineAt(order []int, i int) int {
	if i >= len(order) {
		return 0
	}
	return order[i]
}

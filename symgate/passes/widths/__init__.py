"""The search of word lengths: from a program and allowed errors to a certified graph.

The question. A program in datapath form is a handful of sums, products and functions of one
value. How many fraction bits does the result of each get, and how many bits of its argument does
each function see? Every bit costs LUTs, and every bit that is missing costs error at the outputs.
Each such number of bits is a *knob*; the answer is the list of *widths* of all knobs.

What is believed. A proof of the error takes milliseconds to seconds, far too long for the tens of
thousands of lists that a search looks at. So there is a model, composed of parts that each say one
thing about a node of the datapath (`model`):

    datapath         its range, its slope towards each output, its knobs: nothing of this changes
    formats          widths -> the fixed-point format of each value, the address of each function
    layouts          formats -> the terms of each sum, the rows of each product
    local_errors     widths -> how far the hardware of each node is from its operator
    node_costs       widths -> LUT6 of each node
    slope_limits     what stands for slopes that are infinite
    knob_limits      the fewest and most bits that a knob may have
    memo             what errors and costs were asked before; lives as long as its model

The error of an output is then a sum of slopes times local errors at the worst of some thousand
*sub-boxes* of the inputs, and one trial of widths is the product of a matrix and a vector
(`problem`).

How it is searched. `relaxation` starts from equal widths and moves all at once with prices on
error. `greedy` repairs what does not fit, bit by bit, and then tries single and paired moves. Both
are deterministic: the result depends on the design, never on the speed of the machine.

What is true. `certify` lowers the program by the widths and proves its error. A *draft* has plain
tables in place of function generators: the same errors, sooner. Whatever the proof finds beyond
the model corrects the *budgets*, the errors that the next search may spend, until proof and goal
meet.

The stages. A `Candidate` is a program with what was decided so far: a model of it, widths with
their budgets, hardware with its proof. A stage takes one and returns one. `Quantize.stages` is
their order; what is further right belongs to the stage above it:

    CompareForms                   the program and other forms of it, each of which goes through
        DraftModel                     sub-boxes, ranges, slopes, knobs
        WidenAddresses                 longer addresses, where nothing else meets the error
        FloatLongInputs                functions of inputs of very many bits
        FloatSteepFunctions            plain or floating-point addresses of steep functions
            SearchAndProve                 widths whose proof by a draft holds
            TrimWidths                     bits off by trial, where slopes say nothing
            AllocateSlicesAndBlocks        DSP slices and block RAM, then the two above once more
            LowerGraph                     hardware with function generators, and its proof
    GiveBackError                  larger budgets where the real error is below its bound
    ExploreWidths                  random narrowings, for the seconds that the user gives

Stages that try two ways hold both as tuples of stages (docs/decisions/0017 says why).

To follow one parameter: an allowed error enters as `Task.targets`, is `Candidate.goal` in every
stage, becomes a budget in `SearchAndProve` and a divisor of `Problem.scaled` below it, and is
compared with the proof in `Candidate.holds`. ``--search-seconds`` is a field of `ExploreWidths`
and nothing else.

Besides: `metric` finds errors by what they cost on the user's data, `design_limits` compares
graphs with the limits of a design, `independence` takes outputs apart that share no input,
`steep_points` finds where a function is steep, and `width_settings` has every number with its unit
and reason.

What may not live here: how an operator is lowered (`lowering`), what an error amounts to at the
outputs (`bounds`), what a graph costs once it is there (`hardware`), and which algebra is tried
(`forms`).
"""

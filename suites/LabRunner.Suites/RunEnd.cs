using LabRunner.Fixtures.Session;
using NUnit.Framework;

// Tests wait on the DUT, not on the processor: as many workers as a bench may have slots, plus suites queueing for a slot.
[assembly: LevelOfParallelism(64)]

namespace LabRunner.Suites;

/// <summary>Closes the bench after the last suite.</summary>
[SetUpFixture]
public sealed class RunEnd
{
    [OneTimeTearDown]
    public Task CloseBenchAsync() => BenchSession.CloseAsync();
}

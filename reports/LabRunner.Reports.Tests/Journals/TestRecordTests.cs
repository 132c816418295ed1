using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests.Journals;

public sealed class TestRecordTests
{
    [TestCase(null, "")]
    [TestCase("  The relay did not come back on.\nAssert.That(on, Is.True)", "The relay did not come back on.")]
    [TestCase("Multiple failures or warnings in test:\n  1)   The ledger holds no boot.\nAssert.That(boot, Is.Not.Null)\n  2)   Nothing was seen.", "The ledger holds no boot.")]
    [TestCase("Multiple failures or warnings in test:", "Multiple failures or warnings in test:")]
    [TestCase("1) is a number of its own", "1) is a number of its own")]
    public void Headline_IsTheFirstLineThatTells(string? message, string expected)
    {
        TestRecord test = new(1, "p1", "S17", "Name", "Full.Name", 0, 1, Verdict.Fail, message, null);

        Assert.That(test.Headline(), Is.EqualTo(expected));
    }
}

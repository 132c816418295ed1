namespace LabRunner.Reports.Tests;

/// <summary>
/// Compares a text with a file of Expectations/. When they differ, what was received is written to the test's work folder, and the message
/// names both: look at the difference, and copy it over if it is what you meant.
/// </summary>
internal static class Expectation
{
    internal static void Match(string name, string received)
    {
        string expected = Path.Combine(TestContext.CurrentContext.TestDirectory, "Expectations", name);
        string text = File.Exists(expected) ? File.ReadAllText(expected).ReplaceLineEndings("\n") : "";
        string place = Path.Combine(TestContext.CurrentContext.WorkDirectory, name + ".received");
        if (text != received)
        {
            File.WriteAllText(place, received);
        }

        int line = text.Split('\n').Zip(received.Split('\n')).TakeWhile(p => p.First == p.Second).Count() + 1;
        Assert.That(text == received, $"Expectations/{name} differs from line {line} on; received: {place}");
    }
}

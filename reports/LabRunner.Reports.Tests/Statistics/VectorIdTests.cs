using System.Reflection;
using System.Text.RegularExpressions;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>That each published figure is held by a test: the ids are those the tests are named by.</summary>
public sealed partial class VectorIdTests
{
    // Those that are missing were never given.
    private static readonly string[] Ids =
    [
        "V01", "V02", "V04", "V05", "V07", "V08", "V09", "V10", "V12", "V13", "V14", "V17", "V18", "V19", "V21", "V22", "V23", "V25", "V26", "V27", "V28", "V30", "V33", "V34", "V35", "V37", "V38", "V39", "V40", "V41", "V42",
        "V43", "V44", "V45", "V46", "V47", "V48",
    ];

    [Test]
    public void Vectors_EachId_HasATestOfItsName()
    {
        // V45 is of the firmware's window, and is held where the virtual plug is.
        string plug = File.ReadAllText(Path.Combine(Samples.RepositoryFolder(), "hardware", "LabRunner.Hardware.Tests", "Plug", "Faults", "MeterFaultTests.cs"));
        string[] held = [.. TestsOf(typeof(VectorIdTests).Assembly).Append(Elsewhere().Match(plug).Value).SelectMany(n => Id().Matches(n).Select(m => m.Value)).Distinct().Order(StringComparer.Ordinal)];
        Assert.That(held, Is.EqualTo(Ids));
    }

    // Of tests in the category that a run of the vectors alone asks.
    private static IEnumerable<string> TestsOf(Assembly assembly) =>
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        where type.GetCustomAttributes<CategoryAttribute>().Concat(method.GetCustomAttributes<CategoryAttribute>()).Any(c => c.Name == "vectors")
        from name in method.GetCustomAttributes<TestCaseAttribute>().Select(c => c.TestName ?? method.Name).Append(method.GetCustomAttribute<TestAttribute>() is null ? "" : method.Name)
        select name;

    [GeneratedRegex(@"(?<=\[Category\(""vectors""\)\]\s+public void )\w+_V45(?=\()")]
    private static partial Regex Elsewhere();

    [GeneratedRegex(@"(?<![A-Za-z])V\d\d(?!\d)|(?<=Vector)V\d\d(?!\d)")]
    private static partial Regex Id();
}

using System.Reflection;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>
/// One section of the HTML report. To add one, add one file with a sealed class that has a parameterless constructor: it is found by
/// reflection. A section reads the record only, keeps no state, and says in a sentence when it has nothing to show.
/// </summary>
public interface IReportSection
{
    /// <summary>Place in the report; steps of 10. Unique.</summary>
    int Order { get; }

    /// <summary>Anchor, lower case, unique.</summary>
    string Id { get; }

    /// <summary>Heading.</summary>
    string Title { get; }

    /// <summary>Writes the content below the heading.</summary>
    void Write(HtmlWriter html, RunRecord run);
}

/// <summary>All sections there are.</summary>
public static class ReportSections
{
    /// <summary>In order of the report.</summary>
    public static IReadOnlyList<IReportSection> All { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IReportSection)))
            .Select(t => (IReportSection)Activator.CreateInstance(t)!)
            .OrderBy(s => s.Order),
    ];
}

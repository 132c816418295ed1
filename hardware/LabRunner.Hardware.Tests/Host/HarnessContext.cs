using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Host;

/// <summary>What a harness driver is built with.</summary>
internal sealed class HarnessContext(LabClock clock) : IDriverContext
{
    public string Place => "resource harness";

    public LabClock Clock => clock;

    public IReadOnlyDictionary<string, string> Facts { get; } = new Dictionary<string, string>();

    public T Resource<T>(string name)
        where T : class => throw new NotSupportedException("A chip needs no other resource.");
}

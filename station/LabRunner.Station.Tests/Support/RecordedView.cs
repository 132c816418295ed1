using System.Collections.Concurrent;
using LabRunner.Bench.Hosting.Nights;

namespace LabRunner.Station.Tests.Support;

/// <summary>Keeps what a night says and shows.</summary>
internal sealed class RecordedView : INightView
{
    public ConcurrentQueue<string> Said { get; } = [];

    public ConcurrentQueue<NightSnapshot> Shown { get; } = [];

    public void Say(string sentence) => Said.Enqueue(sentence);

    public void Show(NightSnapshot snapshot) => Shown.Enqueue(snapshot);
}

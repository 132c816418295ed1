using LabRunner.Hardware.Faults;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Builds;

/// <summary>Puts a build into the plugs of a run.</summary>
internal interface IFirmwareHand
{
    /// <summary>Puts the job's build into every slot of its run, and waits until the plugs serve. Slots that have it already, from before a restart, are left alone.</summary>
    /// <param name="bench">The run's bench, open.</param>
    /// <param name="job">Job with a build.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="cancellationToken">Ends it; a slot that was being written to is written to again by the next attempt.</param>
    /// <exception cref="BenchFaultException">A slot did not take it, or the build is gone.</exception>
    Task PutAsync(OpenBench bench, Job job, Action<string> say, CancellationToken cancellationToken);
}

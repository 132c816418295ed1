using LabRunner.Bench.Hosting.Discovery.Survey;

namespace LabRunner.Bench.Hosting.Discovery.Doctor;

/// <summary>Looks at a machine and says what is wrong with it for a bench. Changes nothing, needs no rights, writes nothing.</summary>
public static class MachineDoctor
{
    /// <summary>Runs every check.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="needs">What must work.</param>
    /// <param name="runFolder">Where runs are to be written; need not exist.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    /// <returns>At least one finding a check, in the order of the list.</returns>
    public static async Task<IReadOnlyList<Finding>> VisitAsync(IMachine machine, BenchNeeds needs, string runFolder, CancellationToken cancellationToken)
    {
        DoctorVisit visit = new(machine, UserRights.Read(machine.Files), BootConfig.Read(machine.Files), needs, runFolder);
        List<Finding> findings = [];
        foreach (IDoctorCheck check in Checks())
        {
            try
            {
                findings.AddRange(await check.LookAsync(visit, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                findings.Add(new(check.Name, CheckState.Warn, $"it could not be looked at: {failure.Message.TrimEnd('.')}"));
            }
        }

        return findings;
    }

    private static IEnumerable<IDoctorCheck> Checks() =>
        typeof(IDoctorCheck).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IDoctorCheck)))
            .Select(type => (IDoctorCheck)Activator.CreateInstance(type)!).OrderBy(check => check.Order).ThenBy(check => check.Name, StringComparer.Ordinal);
}
